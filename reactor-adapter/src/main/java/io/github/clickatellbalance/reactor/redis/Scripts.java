package io.github.clickatellbalance.reactor.redis;

/**
 * The Lua scripts, for Redis 6.2 or later. All are constant, so that Redis compiles each once. Only {@code TIME} of the one server is
 * compared, never the clocks of two hosts. Times are in milliseconds. {@code KEYS[1]} is the stream of outcomes, {@code KEYS[2]}
 * the claim.
 */
final class Scripts {
    private static final String NOW = """
            local time = redis.call('TIME')
            local now = time[1] * 1000 + math.floor(time[2] / 1000)
            """;

    private static final String LAST = """
            local entry = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
            local last = {}
            if entry then
              for i = 1, #entry[2], 2 do last[entry[2][i]] = entry[2][i + 1] end
              if last.v ~= '1' or not (tonumber(last.at) and tonumber(last.pause) and tonumber(last.failures)) then last = {} end
            end
            """;

    /**
     * ARGV: token, time to live of the claim, interval, age of this instance or -1. Gives {@code known} with age, time until the
     * next poll is due, and fields; or {@code wait} with holder and time to live of its claim; or {@code poll}.
     */
    static final String ACQUIRE = NOW + LAST + """
            if last.v then
              local age = now - tonumber(last.at)
              local pause = tonumber(last.pause)
              if last.kind == 'balance' then pause = math.min(pause, tonumber(ARGV[3])) end
              local started = tonumber(ARGV[4])
              local isOlderRejection = last.rejected == '1' and started >= 0 and started < age
              if age >= 0 and age < pause and not isOlderRejection then
                return {'known', tostring(age), tostring(pause - age), unpack(entry[2])}
              end
            end
            local holder = redis.call('GET', KEYS[2])
            local expiresIn = redis.call('PTTL', KEYS[2])
            if holder and holder ~= ARGV[1] and expiresIn >= 0 then
              return {'wait', holder, tostring(expiresIn)}
            end
            redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
            return {'poll'}
            """;

    /** ARGV: token, time to live of the claim. Gives 1 if the claim is still this one's. */
    static final String RENEW = """
            if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
            redis.call('PEXPIRE', KEYS[2], ARGV[2])
            return 1
            """;

    /** ARGV: token. Gives 1 if the claim was still this one's. */
    static final String RELEASE = """
            if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
            redis.call('DEL', KEYS[2])
            return 1
            """;

    /**
     * ARGV: token, age of the outcome, length and time to live of the stream, requested pause, pauses (the interval; first and longest in
     * an outage; first and longest after a rejection), kind, fields. Gives the pause until the next poll, or -1 if the claim is lost.
     * The pause doubles with each failure in a row; a rejection lasts until a balance.
     */
    static final String PUBLISH = """
            if redis.call('GET', KEYS[2]) ~= ARGV[1] then return -1 end
            """ + NOW + LAST + """
            local kind = ARGV[11]
            local at = now - tonumber(ARGV[2])
            local pause = tonumber(ARGV[6])
            local failures = 0
            local isRejected = kind == 'rejected' or (kind == 'outage' and last.rejected == '1')
            if kind ~= 'balance' then
              failures = 1
              if last.v and (last.rejected == '1') == isRejected then failures = tonumber(last.failures) + 1 end
              local first, longest = tonumber(ARGV[7]), tonumber(ARGV[8])
              if isRejected then first, longest = tonumber(ARGV[9]), tonumber(ARGV[10]) end
              pause = math.min(longest, math.max(tonumber(ARGV[5]), first * 2 ^ math.min(failures - 1, 30)))
            end
            redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[3], '*', 'v', '1', 'at', string.format('%.0f', at),
              'pause', string.format('%.0f', pause), 'failures', failures, 'rejected', isRejected and '1' or '0', 'kind', kind, unpack(ARGV, 12))
            redis.call('PEXPIRE', KEYS[1], ARGV[4])
            redis.call('DEL', KEYS[2])
            return math.floor(pause)
            """;

    /** Gives the age and the fields of each entry, oldest first. The age of an entry of the future is unknown. */
    static final String RECENT = NOW + """
            local recent = {}
            for _, entry in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', ARGV[1])) do
              local fields = {}
              for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
              if fields.v == '1' and now >= tonumber(fields.at) then
                table.insert(recent, 1, {tostring(now - tonumber(fields.at)), unpack(entry[2])})
              end
            end
            return recent
            """;

    /**
     * KEYS[1] is the hash of alerts. ARGV: token, threshold, kind, time to live of the claim, time to live of the hash,
     * kind if there is none. Gives {@code KNOWN},
     * {@code OTHER} or {@code MINE}. A threshold may have any name, so each of its two
     * fields has a prefix.
     */
    static final String CLAIM_ALERT = NOW + """
            if (redis.call('HGET', KEYS[1], 'kind ' .. ARGV[2]) or ARGV[6]) == ARGV[3] then return 'KNOWN' end
            local claim = redis.call('HGET', KEYS[1], 'claim ' .. ARGV[2])
            if claim then
              local token, expires = string.match(claim, '^(%S+) (%d+)$')
              if token ~= ARGV[1] and now < tonumber(expires) then return 'OTHER' end
            end
            redis.call('HSET', KEYS[1], 'claim ' .. ARGV[2], ARGV[1] .. ' ' .. string.format('%.0f', now + tonumber(ARGV[4])))
            redis.call('PEXPIRE', KEYS[1], ARGV[5])
            return 'MINE'
            """;

    /** KEYS[1] is the hash of alerts. ARGV: token, threshold, kind. Gives 1 if the claim was still this one's. */
    static final String CONFIRM_ALERT = """
            local claim = redis.call('HGET', KEYS[1], 'claim ' .. ARGV[2])
            if not claim or string.match(claim, '^%S+') ~= ARGV[1] then return 0 end
            redis.call('HSET', KEYS[1], 'kind ' .. ARGV[2], ARGV[3])
            redis.call('HDEL', KEYS[1], 'claim ' .. ARGV[2])
            return 1
            """;

    private Scripts() {}
}
