/** An application that requires nothing of Reactor or Netty itself. */
module io.github.clickatellbalance.examples.modules {
    requires io.github.clickatellbalance.reactor;
    requires static org.jspecify;
}
