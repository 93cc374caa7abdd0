/** The requests and replies of Clickatell's balance APIs as values, without I/O, threads or a reactive library. */
module io.github.clickatellbalance {
    requires static transitive org.jspecify;
    requires tools.jackson.core;

    exports io.github.clickatellbalance;
}
