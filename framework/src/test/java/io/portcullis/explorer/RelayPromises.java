// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import io.portcullis.CloseReason;
import io.portcullis.dispatch.ExploredRelay;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The model of a relay: two streams, each of which goes on to its end, and an owner that is notified only of the end.
 */
final class RelayPromises extends Model {
    /**
     * In addition to the bytes that wait for a peer: the last read, the buffer of the next one, and short pieces that
     * were gathered to be sent.
     */
    private static final int UNDER_WAY = 384 * 1024;

    /** The stream that one peer sends and the other receives. */
    final class Stream {
        private final Octets sent = new Octets();
        private final Fact end;
        private int received;

        Stream(Fact end) {
            this.end = end;
        }

        /** Bytes that differ from each offset to the next. */
        byte[] says(int amount) {
            byte[] bytes = Bytes.of(sent.size(), amount);
            sent.writeBytes(bytes);
            return bytes;
        }

        /** How many bytes the other peer has received. */
        int received() {
            return received;
        }

        void receive(byte[] bytes) {
            require(
                    sent.has(bytes, received),
                    "a peer receives the bytes that the other one has sent",
                    bytes.length + " bytes at " + received + " of " + sent.size());
            received += bytes.length;
        }

        /** The other peer has received the end. */
        void hearsEnd() {
            require(
                    disturbed() || (has(end) && received == sent.size()),
                    "the end of a stream is passed on after all of its bytes",
                    received + " of " + sent.size());
        }

        /** Nothing moves any more, and nothing blocks. */
        void rests(boolean endReceived) {
            require(
                    received == sent.size(),
                    "the bytes that a peer has sent are passed on",
                    received + " of " + sent.size());
            require(!has(end) || endReceived, "the end of a stream is passed on", "of " + received + " bytes");
        }
    }

    /** From the client to the target. */
    final Stream there = new Stream(Fact.PEER_ENDED);

    /** From the target to the client. */
    final Stream back = new Stream(Fact.TARGET_ENDED);

    private final List<CloseReason> reasons = new ArrayList<>();

    @Override
    String history() {
        return "the owner was notified of " + reasons;
    }

    /** Whether an event has occurred for which a stream may end although it was not ended. */
    boolean disturbed() {
        return !hasOnly(Fact.PEER_ENDED, Fact.TARGET_ENDED, Fact.DRAINED);
    }

    /** Whether both peers have ended their streams. */
    boolean bothEnded() {
        return has(Fact.PEER_ENDED) && has(Fact.TARGET_ENDED);
    }

    /** The owner is notified of the end. */
    void closed(CloseReason reason) {
        require(reasons.isEmpty(), "the owner is notified of the end once", reason.name());
        reasons.add(reason);
    }

    /** The relay holds this much memory. */
    void holds(long memory) {
        int most = 2 * (ExploredRelay.HIGH + UNDER_WAY);
        require(memory <= most, "a relay holds no more memory than it must", memory + " of " + most);
    }

    /**
     * It has ended.
     *
     * @param connected whether the two were connected to each other
     */
    void ended(@Nullable CloseReason ofClient, @Nullable CloseReason ofTarget, boolean connected) {
        if (ofClient == null || reasons.isEmpty()) {
            broken("every relay ends, and its owner is notified", ofClient + ", " + ofTarget);
            return;
        }
        require(
                reasons.get(0) == ofClient,
                "the owner and the observers are notified of the same reason",
                ofClient.name());
        require(
                mayBe(ofClient, Fact.PEER_ENDED, Fact.PEER_RESET, Fact.TARGET_RESET),
                "the reason is true",
                ofClient.name());
        require(
                ofTarget == null || mayBe(ofTarget, Fact.TARGET_ENDED, Fact.TARGET_RESET, Fact.PEER_RESET),
                "the reason of the target's connection is true",
                String.valueOf(ofTarget));
        require(
                !connected || disturbed() || (ofClient == CloseReason.PEER_CLOSE && ofTarget == CloseReason.PEER_CLOSE),
                "a relay both streams of which have ended ends for that reason",
                ofClient + ", " + ofTarget);
    }

    /**
     * Whether a connection may end for this reason.
     *
     * @param end of its peer's stream
     * @param reset of its peer
     * @param otherReset of the other peer
     */
    private boolean mayBe(CloseReason why, Fact end, Fact reset, Fact otherReset) {
        boolean ofClient = end == Fact.PEER_ENDED;
        return switch (why) {
            case PEER_CLOSE -> has(end);
            case LOCAL_CLOSE -> hasAny(Fact.CLOSED, Fact.SHUT_DOWN, Fact.TIME_PASSED);
            case LOCAL_ABORT ->
                hasAny(Fact.ABORTED, otherReset, Fact.SHORT_OF_MEMORY, Fact.TIME_PASSED)
                        || (!ofClient && hasAny(Fact.CLOSED, Fact.SHUT_DOWN));
            case HANDSHAKE_FAILED ->
                ofClient
                        && hasAny(
                                Fact.TARGET_REFUSED,
                                Fact.TIME_PASSED,
                                Fact.SHORT_OF_MEMORY,
                                Fact.SHUT_DOWN,
                                Fact.PEER_ENDED,
                                Fact.PEER_RESET);
            case IO_FAILED -> has(reset);
            case HANDSHAKE_TIMEOUT, IDLE_TIMEOUT, WRITE_TIMEOUT -> has(Fact.TIME_PASSED);
            case SHUTDOWN -> has(Fact.SHUT_DOWN);
            case MEMORY_LIMIT -> has(Fact.SHORT_OF_MEMORY);
            case HANDLER_FAILED -> ofClient && has(Fact.CALLBACK_REFUSED);
            case PEER_TRUNCATED,
                    PROTOCOL_VIOLATION,
                    UPGRADE_VIOLATION,
                    UNREAD_LIMIT,
                    BUFFER_CHANGED,
                    FILE_FAILED,
                    CONNECT_TIMEOUT,
                    ADMISSION_REFUSED,
                    ADMISSION_TIMEOUT -> false;
        };
    }
}
