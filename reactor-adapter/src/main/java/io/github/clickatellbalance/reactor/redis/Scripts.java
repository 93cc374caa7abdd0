package io.github.clickatellbalance.reactor.redis;

/**
 * The Lua scripts, for Redis 6.2 or later. All are constant, so that Redis compiles each once. Only {@code TIME} of the one server is
 * compared, never the clocks of two hosts. Times are in milliseconds.
 *
 * <p>If not stated otherwise, {@code KEYS[1]} is the stream of outcomes and {@code KEYS[2]} the claim. What a key holds may have been
 * written by anybody: whatever cannot be read counts as none.
 */
final class Scripts {
    private static final String NOW = """
            local time = redis.call('TIME')
            local now = time[1] * 1000 + math.floor(time[2] / 1000)
            """;

    /** A number has digits only, and no more than Lua prints exactly: Java reads neither {@code 1e+15} nor {@code nan}. */
    private static final String READ = """
            local function number(text)
              return text and #text <= 14 and string.match(text, '^%d+$') and tonumber(text)
            end
            local function read(entry)
              local fields = {}
              for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
              for _, name in ipairs({'at', 'pause', 'failures'}) do
                fields[name] = number(fields[name])
                if not fields[name] then return {} end
              end
              return fields.v == '1' and fields or {}
            end
            """;

    private static final String LAST = READ + """
            local entry = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
            local last = entry and read(entry) or {}
            """;

    /**
     * ARGV: token; time to live of the claim; interval; age of this instance, or -1; ID of an entry that this instance cannot read, or
     * nothing.
     *
     * <p>Gives {@code known} with the ID of the entry, its age, the time until the next poll is due, and its fields; or {@code wait} with
     * the holder and the time to live of its claim; or {@code poll}.
     */
    static final String ACQUIRE = NOW + LAST + """
            if last.v and entry[1] ~= ARGV[5] then
              local age = now - last.at
              local pause = last.pause
              if last.kind == 'balance' then pause = math.min(pause, tonumber(ARGV[3])) end
              local started = tonumber(ARGV[4])
              local isOlderRejection = last.rejected == '1' and started >= 0 and started < age
              if age >= 0 and age < pause and not isOlderRejection then
                return {'known', entry[1], tostring(age), tostring(pause - age), unpack(entry[2])}
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

    /** ARGV: token; time to live of the claim. Gives 1 if the claim is still this one's. */
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
     * ARGV: token; age of the outcome; length and time to live of the stream; requested pause; interval; longest pause in an outage;
     * first and longest pause after a rejection; kind; fields.
     *
     * <p>Gives the pause until the next poll, or -1 if the claim is lost. The pause doubles with each failure in a row, in an outage from
     * the interval on. A rejection lasts until a balance.
     */
    static final String PUBLISH = """
            if redis.call('GET', KEYS[2]) ~= ARGV[1] then return -1 end
            """ + NOW + LAST + """
            local kind = ARGV[10]
            local at = now - tonumber(ARGV[2])
            local pause = tonumber(ARGV[6])
            local failures = 0
            local isRejected = kind == 'rejected' or (kind == 'outage' and last.rejected == '1')
            if kind ~= 'balance' then
              failures = 1
              if last.v and (last.rejected == '1') == isRejected then failures = last.failures + 1 end
              local first, longest = pause, tonumber(ARGV[7])
              if isRejected then first, longest = tonumber(ARGV[8]), tonumber(ARGV[9]) end
              pause = math.min(longest, math.max(tonumber(ARGV[5]), first * 2 ^ math.min(failures - 1, 30)))
            end
            redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[3], '*', 'v', '1', 'at', string.format('%.0f', at),
              'pause', string.format('%.0f', pause), 'failures', string.format('%.0f', failures),
              'rejected', isRejected and '1' or '0', 'kind', kind, unpack(ARGV, 11))
            redis.call('PEXPIRE', KEYS[1], ARGV[4])
            redis.call('DEL', KEYS[2])
            return math.floor(pause)
            """;

    /**
     * ARGV: number of entries. Gives the age and the fields of each balance, oldest first. The age of an entry of the future is unknown,
     * so it is left out.
     */
    static final String RECENT = NOW + READ + """
            local recent = {}
            for _, entry in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', ARGV[1])) do
              local fields = read(entry)
              if fields.kind == 'balance' and now >= fields.at then
                table.insert(recent, 1, {tostring(now - fields.at), unpack(entry[2])})
              end
            end
            return recent
            """;

    /**
     * Executes each command that the scripts above need. It reads the keys of the account, since they may be of another type, and writes
     * to {@code KEYS[3]} and {@code KEYS[4]}, which no other instance uses. ARGV: token; time to live. Gives the token. A command that
     * is refused leaves no key without a time to live.
     */
    static final String PROBE = """
            redis.call('TIME')
            redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
            redis.call('GET', KEYS[2])
            redis.call('PTTL', KEYS[2])
            redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2])
            redis.call('PEXPIRE', KEYS[3], ARGV[2])
            redis.call('DEL', KEYS[3])
            redis.call('XADD', KEYS[4], 'MAXLEN', 1, '*', 'v', '1')
            redis.call('DEL', KEYS[4])
            return ARGV[1]
            """;

    /**
     * {@code KEYS[1]} is the hash of alerts. A threshold has two fields, with prefixes since it may have any name: its last kind with the
     * time of that balance, and the claim with its end.
     *
     * <p>ARGV: token; threshold; kind; age of the balance; time to live of the claim and of the hash; kind if there is none. Gives
     * {@code KNOWN}, {@code OTHER} or {@code MINE}. A time that cannot be, since the clock of the server has changed, counts for nothing.
     */
    static final String CLAIM_ALERT = NOW + """
            local kind, changedAt = string.match(redis.call('HGET', KEYS[1], 'kind ' .. ARGV[2]) or '', '^(%u+) (%d+)$')
            if (kind or ARGV[7]) == ARGV[3] then return 'KNOWN' end
            local at = math.max(0, now - tonumber(ARGV[4]))
            if kind and tonumber(changedAt) > at and tonumber(changedAt) <= now then return 'OTHER' end
            local claim = 'claim ' .. ARGV[2]
            local token, expires = string.match(redis.call('HGET', KEYS[1], claim) or '', '^(%S+) (%d+)$')
            local left = tonumber(expires or 0) - now
            if token and token ~= ARGV[1] and left > 0 and left <= tonumber(ARGV[5]) then return 'OTHER' end
            redis.call('HDEL', KEYS[1], claim) -- refused here if it would be refused when the alert is confirmed
            redis.call('HSET', KEYS[1], claim, ARGV[1] .. ' ' .. string.format('%.0f', now + tonumber(ARGV[5])))
            redis.call('PEXPIRE', KEYS[1], ARGV[6])
            return 'MINE'
            """;

    /** {@code KEYS[1]} is the hash of alerts. ARGV: token; threshold; kind; age of the balance. Gives 1 if the claim was still this one's. */
    static final String CONFIRM_ALERT = NOW + """
            local claim = 'claim ' .. ARGV[2]
            if string.match(redis.call('HGET', KEYS[1], claim) or '', '^%S+') ~= ARGV[1] then return 0 end
            local at = math.max(0, now - tonumber(ARGV[4]))
            redis.call('HSET', KEYS[1], 'kind ' .. ARGV[2], ARGV[3] .. ' ' .. string.format('%.0f', at))
            redis.call('HDEL', KEYS[1], claim)
            return 1
            """;

    private Scripts() {}
}
