// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** What the machine logs as an error, which is a fault of its own, while it runs on a thread that wants to know. */
final class Defects {
    private static final ThreadLocal<@Nullable Defects> OF_THREAD = new ThreadLocal<>();

    static {
        Logger logger = (Logger) LoggerFactory.getLogger(Defects.class.getPackageName());
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                Defects own = OF_THREAD.get();
                if (own != null && event.getLevel().isGreaterOrEqual(Level.ERROR)) {
                    own.noticed.add(event.getFormattedMessage()
                            + (event.getThrowableProxy() == null
                                    ? ""
                                    : ": " + event.getThrowableProxy().getClassName() + ": "
                                            + event.getThrowableProxy().getMessage()));
                }
            }
        };
        appender.setContext(logger.getLoggerContext());
        appender.start();
        logger.addAppender(appender);
    }

    /** From now on nothing of it is printed: what is noticed is told elsewhere, and a program is run many times to be made shorter. */
    static void printNothing() {
        ((Logger) LoggerFactory.getLogger(Defects.class.getPackageName())).setAdditive(false);
    }

    /** By one thread after the other. */
    final List<String> noticed = new ArrayList<>();

    /** From now on what this thread logs is noticed here. */
    void notice() {
        OF_THREAD.set(this);
    }
}
