// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Gate;
import io.portcullis.internal.parts.Sending;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.TestAbortedException;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.reactivestreams.tck.flow.FlowSubscriberBlackboxVerification;
import org.testng.SkipException;
import org.testng.annotations.Test;

/** The publisher and the subscriber of a channel obey the rules of {@link Flow}: each rule of the TCK is a test. */
class FlowTckTest {
    private static final long PATIENCE_MILLIS = 2000;
    private static final long SILENCE_MILLIS = 100;

    private static FlowPeers peers;

    /** A TCK verification that the rules can be checked with. */
    interface Suite {
        void setUp() throws Exception;

        default void startPublisherExecutorService() {}

        default void shutdownPublisherExecutorService() {}
    }

    @BeforeAll
    static void open() throws Exception {
        peers = new FlowPeers(Gate.plain());
    }

    @AfterAll
    static void everythingIsReturned() throws Exception {
        peers.close();
    }

    /** Received data: one byte in each buffer, so that the number of buffers is known. */
    public static final class Receiving extends FlowPublisherVerification<ByteBuffer> implements Suite {
        Receiving() {
            super(new TestEnvironment(PATIENCE_MILLIS, SILENCE_MILLIS));
        }

        @Override
        public Flow.Publisher<ByteBuffer> createFlowPublisher(long elements) {
            return peers.sending(elements).publisher();
        }

        @Override
        public Flow.Publisher<ByteBuffer> createFailedFlowPublisher() {
            return peers.ended().publisher();
        }
    }

    /** Data to send, to a peer that reads. */
    public static final class Sending extends FlowSubscriberBlackboxVerification<ByteBuffer> implements Suite {
        Sending() {
            super(new TestEnvironment(PATIENCE_MILLIS, SILENCE_MILLIS));
        }

        @Override
        public void setUp() throws Exception {
            super.setUp();
        }

        @Override
        public Flow.Subscriber<ByteBuffer> createFlowSubscriber() {
            return peers.reading().subscriber();
        }

        @Override
        public ByteBuffer createElement(int element) {
            return ByteBuffer.wrap(new byte[] {(byte) element});
        }
    }

    @TestFactory
    @DisplayName("the publisher of received data")
    Stream<DynamicTest> publisher() {
        return rules(Receiving.class).map(rule -> test(rule, new Receiving()));
    }

    @TestFactory
    @DisplayName("the subscriber that sends data")
    Stream<DynamicTest> subscriber() {
        return rules(Sending.class).map(rule -> test(rule, new Sending()));
    }

    private static Stream<Method> rules(Class<? extends Suite> suite) {
        return Arrays.stream(suite.getMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .sorted(Comparator.comparing(Method::getName));
    }

    private static DynamicTest test(Method rule, Suite suite) {
        return DynamicTest.dynamicTest(rule.getName(), () -> {
            suite.startPublisherExecutorService();
            suite.setUp();
            try {
                rule.invoke(suite);
            } catch (InvocationTargetException thrown) {
                if (thrown.getCause() instanceof SkipException skipped) {
                    throw new TestAbortedException(skipped.getMessage());
                }
                throw thrown.getCause();
            } finally {
                suite.shutdownPublisherExecutorService();
            }
        });
    }
}
