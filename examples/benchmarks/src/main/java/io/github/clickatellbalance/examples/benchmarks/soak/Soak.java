package io.github.clickatellbalance.examples.benchmarks.soak;

import com.sun.management.OperatingSystemMXBean;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.examples.benchmarks.soak.Findings.Violation;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.reactor.RetryPolicy;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.util.Loggers;

/**
 * Client, feed and fleet for a given time against a gateway that fails in all ways of the fault matrix at random. After each phase
 * of faults is one of health, in which all feeds must be fresh in time. Prints the seed, a line of figures each minute, and a table
 * of checks; ends with 1 if one of them is not kept. The same seed gives the same phases. Within a mixed phase, the order of the
 * faults depends on timing.
 */
public final class Soak {
    private static final Duration TICK = Duration.ofMillis(20);
    /** A busy machine loads classes for a long time. */
    private static final Duration FIRST_BALANCES = Duration.ofMinutes(1);

    private static final Duration WARM_UP = Duration.ofSeconds(5);
    private static final Duration LAST_PHASE = Duration.ofSeconds(12);
    private static final Duration MIN_FAULTS = Duration.ofSeconds(1);
    private static final Duration MAX_FAULTS = Duration.ofSeconds(6);
    private static final Duration MAX_HEALTH = Duration.ofSeconds(4);
    /** The pause of the feed after refused credentials, five minutes, on its fast timers. */
    private static final Duration PROBE = Duration.ofMinutes(5).dividedBy(FastTimers.FACTOR);

    private static final Duration ENDED = Duration.ofSeconds(30);
    private static final long MAX_HEAP_GROWTH = 8L << 20;
    private static final long MAX_DIRECT_GROWTH = 48L << 20;
    /** Of Reactor and Netty: these live as long as the JVM. The feeds' threads and those of Lettuce end. */
    private static final List<String> SHARED_THREADS = List.of(
            "reactor-http-", "reactor-netty-pool-maintenance-", "parallel-", "boundedElastic-", "process reaper");

    /** Event loops, timers, and the maintenance of pools. */
    private static final int MAX_SHARED_THREADS = 8 + 4 * Runtime.getRuntime().availableProcessors();

    private final Duration duration;
    private final Set<Thread> threadsAtStart = Thread.getAllStackTraces().keySet();
    private final Findings findings;
    private final Random random;
    /** The faults' own replies have smaller balances. */
    private final AtomicLong amount = new AtomicLong(Fleet.LOWEST);

    private final Certificates certificates;
    private final List<Faults.Fault> faults;
    private final Gateway plain;
    private final Gateway tls;
    private final ConnectionProvider pool = ConnectionProvider.create("soak", 64);
    private final BalanceClient client;
    private final BalanceClient tlsClient;
    private final BalanceFeed feed;
    private final Calls calls;
    private final Subscribers subscribers;
    private final @Nullable Redis redis;
    private final @Nullable Fleet fleet;

    private boolean isHealthy = true;
    private boolean isRedisDisturbed = true;
    private int phases;
    private Duration longestUntilFresh = Duration.ZERO;
    private double cpuAtStart;
    private long start;
    private long nextLine;

    private Soak(Duration duration, long seed, Findings findings)
            throws IOException, GeneralSecurityException, InterruptedException {
        this.duration = duration;
        this.findings = findings;
        this.random = new Random(seed);
        this.certificates = Certificates.create();
        this.faults = Faults.all(certificates);
        this.plain = new Gateway(random(), amount, null);
        this.tls = new Gateway(random(), amount, certificates.good());
        this.client = client(plain).retry(retry()).build();
        this.tlsClient = client(tls).retry(retry()).httpClient(https()).build();
        this.feed = BalanceFeed.builder(client)
                .interval(Duration.ofSeconds(FastTimers.FACTOR))
                .scheduler(new FastTimers(Schedulers.parallel()))
                .build();
        this.calls = new Calls(List.of(client, client, client, tlsClient), amount, findings, random());
        this.subscribers = new Subscribers(feed, amount, findings, random());
        if (Redis.isInstalled()) {
            this.redis = new Redis(random());
            this.fleet = new Fleet(
                    redis.port(), () -> client(plain).retry(RetryPolicy.none()).build(), amount, findings);
        } else {
            System.out.println("redis-server is not installed: the fleet is left out");
            this.redis = null;
            this.fleet = null;
        }
    }

    /**
     * Runs, and ends the JVM.
     *
     * @param args for how long, in seconds, at least 30; then the seed, or none for a random one
     */
    public static void main(String[] args) throws Exception {
        // The JDK keeps 20,480 TLS sessions for a day: with a handshake every 300 ms, that is a growing heap.
        System.setProperty("javax.net.ssl.sessionCacheSize", "16");
        System.setProperty("slf4j.internal.verbosity", "ERROR"); // there is no provider
        Loggers.useJdkLoggers();
        // Each broken connection is a warning there, and most connections break here.
        List<Logger> quiet = Stream.of("reactor.netty", "io.netty", "io.lettuce", "io.github.clickatellbalance")
                .map(Logger::getLogger)
                .toList();
        quiet.forEach(logger -> logger.setLevel(Level.SEVERE));
        Findings findings = new Findings();
        findings.watch();
        long seed = args.length > 1 ? Long.parseLong(args[1]) : System.nanoTime();
        System.out.println("seed " + seed);
        new Soak(Duration.ofSeconds(Math.max(30, Long.parseLong(args[0]))), seed, findings).run();
        System.exit(findings.report() ? 0 : 1);
    }

    private Random random() {
        return new Random(random.nextLong());
    }

    private static BalanceClient.Builder client(Gateway gateway) {
        return BalanceClient.builder(Credentials.of("alice", "s3cret", "1234567"))
                .baseUrl(gateway.url())
                .connectTimeout(Duration.ofSeconds(2))
                .attemptTimeout(Duration.ofSeconds(3));
    }

    private static RetryPolicy retry() {
        return RetryPolicy.backoff(2, Duration.ofMillis(50), Duration.ofMillis(200));
    }

    /** The client of an application, with its own trust and pool. */
    private HttpClient https() throws SSLException {
        SslContext context =
                SslContextBuilder.forClient().trustManager(certificates.trust()).build();
        return HttpClient.create(pool).secure(spec -> spec.sslContext(context));
    }

    private void run() throws InterruptedException {
        start = System.nanoTime();
        cpuAtStart = cpuSeconds();
        nextLine = start + lines().toNanos();
        tick(FIRST_BALANCES, () -> feeds().stream().allMatch(each -> isFresh(each, 1)));
        faultsThenHealth(Faults.mixed(faults, 0.7), WARM_UP);
        long heap = heap();
        long direct = direct();
        while (System.nanoTime() - start < duration.minus(LAST_PHASE).toNanos()) {
            Duration length = MIN_FAULTS.plusMillis(
                    random.nextInt((int) MAX_FAULTS.minus(MIN_FAULTS).toMillis()));
            faultsThenHealth(next(), length);
            tick(Duration.ofMillis(random.nextInt((int) MAX_HEALTH.toMillis())), () -> false);
        }
        lastPhase(heap, direct);
        close(direct);
    }

    /** Null if the listener itself fails. */
    private @Nullable Faults next() {
        return switch (random.nextInt(4)) {
            case 0 -> null;
            case 1 -> Faults.always(faults.get(random.nextInt(faults.size())));
            default -> Faults.mixed(faults, 0.3 + 0.7 * random.nextDouble());
        };
    }

    private void faultsThenHealth(@Nullable Faults next, Duration length) throws InterruptedException {
        phases++;
        isHealthy = false;
        calls.mustSucceedIn(0);
        Gateway.Listening listening = random.nextBoolean() ? Gateway.Listening.REFUSING : Gateway.Listening.FULL;
        for (Gateway gateway : List.of(plain, tls)) {
            gateway.fail(next);
            if (next == null) {
                gateway.listen(listening);
            }
        }
        tick(length, () -> false);
        for (Gateway gateway : List.of(plain, tls)) {
            gateway.fail(null);
            if (next == null) {
                gateway.listen(Gateway.Listening.ACCEPTING);
            }
        }
        isHealthy = true;
        awaitFresh(amount.get() + 1, length);
        calls.mustSucceedIn(phases);
    }

    /**
     * Pauses double with each failure: the last one is about as long as the outage was, and as the first one. A call that began
     * in the outage may take its whole deadline.
     */
    private void awaitFresh(long newest, Duration outage) throws InterruptedException {
        Duration bound = outage.multipliedBy(11).dividedBy(10).plus(PROBE).plus(Calls.DEADLINE);
        long since = System.nanoTime();
        tick(bound, () -> feeds().stream().allMatch(each -> isFresh(each, newest)));
        for (BalanceFeed each : feeds()) {
            if (!isFresh(each, newest)) {
                findings.add(
                        Violation.STALE,
                        (each == feed ? "the feed" : "a feed of the fleet") + " after " + bound + " of health in phase "
                                + phases + ": " + each.latest() + " instead of " + newest);
            }
        }
        Duration taken = Duration.ofNanos(System.nanoTime() - since);
        longestUntilFresh = taken.compareTo(longestUntilFresh) > 0 ? taken : longestUntilFresh;
    }

    private List<BalanceFeed> feeds() {
        List<BalanceFeed> all = new ArrayList<>(List.of(feed));
        if (fleet != null) {
            all.addAll(fleet.feeds());
        }
        return all;
    }

    private static boolean isFresh(BalanceFeed feed, long newest) {
        return feed.latest()
                .filter(BalanceSignal.Fresh.class::isInstance)
                .flatMap(BalanceSignal::lastKnown)
                .map(Balance::amount)
                .filter(value -> value.longValue() >= newest)
                .isPresent();
    }

    /** Starts and cancels calls and subscribers, and disturbs Redis, for this time or until the condition holds. */
    private void tick(Duration time, BooleanSupplier isEnough) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() - end < 0 && !isEnough.getAsBoolean()) {
            calls.tick();
            subscribers.tick();
            if (redis != null && isRedisDisturbed) {
                redis.tick();
            }
            if (fleet != null && isHealthy) {
                fleet.restartRejected();
            }
            if (System.nanoTime() - nextLine > 0) {
                nextLine += lines().toNanos();
                printLine();
            }
            TimeUnit.NANOSECONDS.sleep(TICK.toNanos());
        }
    }

    private Duration lines() {
        return duration.compareTo(Duration.ofMinutes(5)) < 0 ? Duration.ofSeconds(10) : Duration.ofMinutes(1);
    }

    private void printLine() throws InterruptedException {
        System.out.printf(
                "%5d s, %.2f cores; %d phases, %d ms until fresh at most; %d different faults, %,d requests, %d connections; %s; %d subscribers, %,d came; "
                        + "fleet: %s; %d threads, %.1f MiB heap, %.1f MiB direct; found %d%n",
                seconds(),
                (cpuSeconds() - cpuAtStart) / Math.max(1, seconds()),
                phases,
                longestUntilFresh.toMillis(),
                shown(),
                plain.requests() + tls.requests(),
                plain.connections() + tls.connections(),
                calls,
                feed.subscribers(),
                subscribers.came(),
                fleet == null || redis == null
                        ? "none"
                        : fleet.shared() + " shared, " + fleet.restarts() + " restarts, Redis disturbed "
                                + redis.disturbances() + " times",
                Thread.activeCount(),
                mebibytes(heap()),
                mebibytes(direct()),
                findings.count());
    }

    private long shown() {
        return Stream.of(plain, tls)
                .flatMap(gateway -> gateway.shown().stream())
                .distinct()
                .count();
    }

    private long seconds() {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
    }

    private static double cpuSeconds() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime() / 1e9;
    }

    private static double mebibytes(long bytes) {
        return bytes / (double) (1 << 20);
    }

    /** The heap after a collection, which also lets Netty find leaked buffers. */
    private static long heap() throws InterruptedException {
        for (int i = 0; i < 2; i++) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(50);
        }
        Findings.revealLeaks();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Of Netty, with and without a cleaner. */
    private static long direct() {
        return Math.max(0, PlatformDependent.usedDirectMemory())
                + ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .filter(buffers -> buffers.getName().equals("direct"))
                        .mapToLong(BufferPoolMXBean::getMemoryUsed)
                        .sum();
    }

    private void lastPhase(long heapBefore, long directBefore) throws InterruptedException {
        isRedisDisturbed = false;
        if (redis != null) {
            redis.repair();
        }
        amount.addAndGet(1_000);
        plain.freeze();
        tls.freeze();
        long newest = amount.get();
        awaitFresh(newest, Duration.ZERO);
        if (fleet != null) {
            tick(ENDED, () -> fleet.shared() == Fleet.INSTANCES);
            findings.check(
                    "instances that share their polls",
                    fleet.shared(),
                    "" + Fleet.INSTANCES,
                    n -> n == Fleet.INSTANCES);
        }
        long succeeded = calls.succeeded();
        tick(Duration.ofSeconds(30), () -> calls.succeeded() >= succeeded + 100 && subscribers.without(newest) == 0);
        findings.check("subscribers without the newest balance", subscribers.without(newest), "0", n -> n == 0);
        findings.check(
                "subscribers of the feed, by the feed",
                feed.subscribers(),
                "" + subscribers.count(),
                n -> n == subscribers.count());
        checkGrowth("heap after collection, everything running", heapBefore, heap(), MAX_HEAP_GROWTH);
        checkGrowth("direct memory, everything running", directBefore, direct(), MAX_DIRECT_GROWTH);
    }

    private void checkGrowth(String title, long before, long after, long tolerance) {
        findings.check(
                title,
                "%.1f MiB".formatted(mebibytes(after)),
                "%.1f MiB after warm-up + %.0f".formatted(mebibytes(before), mebibytes(tolerance)),
                after - before <= tolerance);
    }

    private void close(long directBefore) throws InterruptedException {
        await(() -> {
            calls.check();
            return calls.open() == 0;
        });
        subscribers.cancelAll();
        findings.check("subscribers of the feed after their cancel", feed.subscribers(), "0", n -> n == 0);
        feed.close();
        if (fleet != null && redis != null) {
            fleet.close();
            redis.close();
        }
        client.close();
        tlsClient.close();
        pool.dispose();
        await(() -> plain.connections() + tls.connections() == 0);
        findings.check("connections after close", plain.connections() + tls.connections(), "0", n -> n == 0);
        plain.close();
        tls.close();
        await(() -> surplusThreads().isEmpty());
        if (!surplusThreads().isEmpty()) {
            System.out.println("FOUND threads: " + surplusThreads());
        }
        findings.check(
                "threads after close, beside shared ones", surplusThreads().size(), "0", n -> n == 0);
        heap();
        checkGrowth("direct memory after close", directBefore, direct(), MAX_DIRECT_GROWTH);
        findings.check(
                "shared threads after close",
                sharedThreads(),
                "at most " + MAX_SHARED_THREADS,
                n -> n <= MAX_SHARED_THREADS);
        int all = faults.size() + 2; // REFUSING and FULL
        findings.check("different faults", shown(), "at least a quarter of " + all, n -> n >= all / 4);
        printLine();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + ENDED.toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() - deadline < 0) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private Set<String> surplusThreads() {
        return threads()
                .filter(thread -> !isShared(thread))
                .map(Thread::getName)
                .collect(Collectors.toSet());
    }

    private long sharedThreads() {
        return threads().filter(Soak::isShared).count();
    }

    private static boolean isShared(Thread thread) {
        return SHARED_THREADS.stream().anyMatch(thread.getName()::startsWith);
    }

    private Stream<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> !threadsAtStart.contains(thread));
    }
}
