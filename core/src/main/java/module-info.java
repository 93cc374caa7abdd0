/** What Clickatell's balance API says: requests and replies as values, without I/O, threads or a reactive library. */
module io.github.clickatellbalance {
    requires static transitive org.jspecify;
    requires tools.jackson.core;

    exports io.github.clickatellbalance;
    exports io.github.clickatellbalance.protocol;
}
