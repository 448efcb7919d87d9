// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.channel.ChannelHandler;
import io.portcullis.channel.ConnectionChannel;
import io.portcullis.tls.PlainFilter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** Bytes read for a canceled read belong to the next read of the channel, whichever face makes it. */
class GivenUpReadsTest {
    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final CompletableFuture<ConnectionChannel> opened = new CompletableFuture<>();

    /** Records the events. */
    private static final class Subscriber implements Flow.Subscriber<ByteBuffer> {
        final List<String> events = new ArrayList<>();
        Consumer<Flow.Subscription> onNext = subscription -> {};
        Flow.@Nullable Subscription subscription;

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
        }

        @Override
        public void onNext(ByteBuffer data) {
            events.add(text(data));
            onNext.accept(subscription());
        }

        @Override
        public void onError(Throwable failure) {
            events.add(failure.getClass().getSimpleName());
        }

        @Override
        public void onComplete() {
            events.add("complete");
        }

        Flow.Subscription subscription() {
            if (subscription == null) {
                throw new IllegalStateException("not subscribed");
            }
            return subscription;
        }
    }

    private final Subscriber subscriber = new Subscriber();

    @BeforeEach
    void open() {
        machine.start(transport, new PlainFilter(), new ChannelHandler(opened::complete));
        channel().publisher().subscribe(subscriber);
    }

    @AfterEach
    void everythingIsReturned(TestInfo test) {
        channel().connection().abort();
        transport.completeAll();
        transport.verify(test.getDisplayName());
        machine.verify(test.getDisplayName());
    }

    private ConnectionChannel channel() {
        return opened.join();
    }

    private void receive(String text) {
        transport.receive(text).completeAll();
    }

    private String next() {
        CompletableFuture<ByteBuffer> read = channel().receive();
        assertTrue(read.isDone(), "no bytes were available");
        return text(read.join());
    }

    private static String text(ByteBuffer data) {
        return ISO_8859_1.decode(data).toString();
    }

    @Test
    void aCancelledSubscriptionReturnsWhatItHadReadAhead() {
        receive("abc");
        subscriber.subscription().cancel();
        receive("def");
        assertEquals("abc", next());
        assertEquals("def", next());
        assertEquals(List.of(), subscriber.events);
    }

    @Test
    void prefetchedBytesAreReadInParts() {
        receive("abc");
        subscriber.subscription().cancel();
        for (String each : List.of("a", "b", "c")) {
            ByteBuffer target = ByteBuffer.allocate(1);
            assertEquals(1, channel().read(target).join());
            assertEquals(each, text(target.flip()));
        }
        CompletableFuture<Integer> read = channel().read(ByteBuffer.allocate(1));
        assertFalse(read.isDone());
        receive("d");
        assertEquals(1, read.join());
    }

    @Test
    void aSubscriptionThatWaitsTakesItsReadBack() {
        subscriber.subscription().cancel();
        receive("abc");
        assertEquals("abc", next());
    }

    @Test
    void aSubscriberThatCancelsInOnNextLeavesTheRestInTheChannel() {
        List<String> read = new ArrayList<>();
        subscriber.onNext = subscription -> {
            subscription.cancel();
            var unused = channel().receive().thenAccept(data -> read.add(text(data)));
        };
        subscriber.subscription().request(5);
        receive("abc");
        receive("def");
        assertEquals(List.of("abc"), subscriber.events);
        assertEquals(List.of("def"), read);
    }

    @Test
    void aSubscriberThatAsksForNothingLosesNothing() {
        receive("abc");
        subscriber.subscription().request(0);
        assertEquals(List.of("IllegalArgumentException"), subscriber.events);
        assertEquals("abc", next());
    }

    @Test
    void anotherSubscriberGoesOn() {
        receive("abc");
        subscriber.subscription().cancel();
        Subscriber second = new Subscriber();
        channel().publisher().subscribe(second);
        second.subscription().request(5);
        receive("def");
        transport.receiveEnd().completeAll();
        assertEquals(List.of("abc", "def", "complete"), second.events);
    }

    @Test
    void returnedBytesAreReadBeforeTheEnd() {
        receive("abc");
        transport.receiveEnd().completeAll();
        subscriber.subscription().cancel();
        assertEquals("abc", next());
        assertEquals("", next());
    }

    @Test
    void returnedBytesAreReadAlthoughTheConnectionHasEnded() {
        receive("abc");
        subscriber.subscription().cancel();
        transport.fail(new java.io.IOException("reset"));
        channel().connection().resume();
        transport.completeAll();
        assertTrue(channel().connection().closed().isDone());
        assertEquals("abc", next());
        assertTrue(channel().receive().isCompletedExceptionally());
    }

    @Test
    void aReadThatTimedOutLeavesItsBytesToTheNext() {
        subscriber.subscription().cancel();
        CompletableFuture<ByteBuffer> chunk = channel().receive();
        assertTrue(chunk.completeExceptionally(new TimeoutException()));
        CompletableFuture<Integer> count = channel().read(ByteBuffer.allocate(10));
        assertTrue(count.complete(0));
        receive("abc");
        assertEquals("abc", next());
    }

    @Test
    void aReadThatHasItsBytesIsNotCancelled() {
        subscriber.subscription().cancel();
        CompletableFuture<ByteBuffer> chunk = channel().receive();
        receive("abc");
        assertFalse(chunk.completeExceptionally(new CompletionException(null)));
        assertEquals("abc", text(chunk.join()));
    }
}
