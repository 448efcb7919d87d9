// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.Marker;
import org.slf4j.spi.MDCAdapter;

/**
 * A logger, or a log context adapter, that throws on some threads until it is closed. Tests that use one lock
 * {@link CapturedLog#RESOURCE}.
 */
final class BrokenLogging implements AutoCloseable {
    /** How often it has thrown. */
    final AtomicInteger thrown = new AtomicInteger();

    private final Predicate<Thread> where;
    private @Nullable Runnable mend;

    private BrokenLogging(Predicate<Thread> where) {
        this.where = where;
    }

    /** The threads of one dispatcher. */
    static Predicate<Thread> threadsOf(String dispatcher) {
        return thread -> thread.getName().startsWith(dispatcher);
    }

    /** Every log line of the framework throws. */
    static BrokenLogging lines(Predicate<Thread> where) {
        BrokenLogging broken = new BrokenLogging(where);
        LoggerContext logging = (LoggerContext) LoggerFactory.getILoggerFactory();
        TurboFilter filter = new TurboFilter() {
            @Override
            public FilterReply decide(
                    @Nullable Marker marker,
                    Logger logger,
                    Level level,
                    @Nullable String format,
                    Object @Nullable [] params,
                    @Nullable Throwable cause) {
                if (logger.getName().startsWith("io.portcullis.")) {
                    broken.fail();
                }
                return FilterReply.NEUTRAL;
            }
        };
        logging.addTurboFilter(filter);
        broken.mend = () -> logging.getTurboFilterList().remove(filter);
        return broken;
    }

    /** Every call of the adapter with one of these names throws. */
    static BrokenLogging context(Predicate<Thread> where, Predicate<String> methods) {
        BrokenLogging broken = new BrokenLogging(where);
        MDCAdapter before = MDC.getMDCAdapter();
        InvocationHandler calls = (proxy, method, arguments) -> {
            if (methods.test(method.getName())) {
                broken.fail();
            }
            try {
                return method.invoke(before, arguments);
            } catch (InvocationTargetException failure) {
                throw failure.getCause();
            }
        };
        use((MDCAdapter)
                Proxy.newProxyInstance(MDCAdapter.class.getClassLoader(), new Class<?>[] {MDCAdapter.class}, calls));
        broken.mend = () -> use(before);
        return broken;
    }

    /** The provider is found once per JVM, and there is no public way to replace its adapter. */
    private static void use(MDCAdapter adapter) {
        try {
            Method setter = MDC.class.getDeclaredMethod("setMDCAdapter", MDCAdapter.class);
            setter.setAccessible(true);
            setter.invoke(null, adapter);
        } catch (ReflectiveOperationException changed) {
            throw new IllegalStateException(changed);
        }
    }

    private void fail() {
        if (where.test(Thread.currentThread())) {
            thrown.incrementAndGet();
            throw new StackOverflowError("on purpose");
        }
    }

    @Override
    public void close() {
        if (mend != null) {
            mend.run();
        }
    }
}
