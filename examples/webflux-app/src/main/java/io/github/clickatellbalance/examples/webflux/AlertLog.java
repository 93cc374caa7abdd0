package io.github.clickatellbalance.examples.webflux;

import io.github.clickatellbalance.BalanceAlert;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Logs alerts. Your application could send a mail, or stop a campaign. */
@Component
class AlertLog {
    private static final Logger LOG = LoggerFactory.getLogger(AlertLog.class);

    @EventListener
    void on(BalanceAlert alert) {
        LOG.warn(
                "{}: the balance is {} {}, the threshold {} is {}",
                alert.kind(),
                alert.balance().amount().toPlainString(),
                alert.balance().unit(),
                alert.threshold().name(),
                alert.threshold().amount().toPlainString());
    }
}
