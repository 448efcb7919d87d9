// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.foreign.ForeignText;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/**
 * Handshakes and records in memory, so that the first connections of a server meet code that is compiled already. A TLS
 * implementation in Java needs thousands of handshakes to reach its speed, and is slower by tens of times before.
 *
 * <p>A lesson lets a server's filter talk to a client's: a full handshake behind a detection by first bytes, a resumed
 * one behind a detection by ClientHello, a plain connection, each with small and large records in both directions and
 * an orderly end. The certificate, the protocols, the suites and ALPN are those of the profile; what is verified is
 * nothing, in either direction, so that an expired certificate, or one that the client of a real connection would
 * refuse, serves as well as another. A profile that asks clients for a certificate is shown its own.
 *
 * <p>Nothing of this touches a socket, and a profile that is built from keys keeps no trace of it: the lessons have
 * sessions and ticket keys of their own. Out of a ready SSLContext the engines are taken as they are; their sessions
 * are invalidated behind each lesson. Engines beside the JDK's kind are used as they are too; they need no warm-up,
 * what drives them does. What may wait for something is left alone: see {@link TlsProfile#tasksMayBlock()}. A key in
 * hardware is not made to sign thousands of times for exercise.
 *
 * <p>How many lessons there shall be is for the caller to say; a {@code Server} bounds them by number and time. Runs on
 * the caller's thread, and computes all the while. Not thread-safe.
 */
public final class WarmUp {
    private static final int SMALL = 256;
    private static final int SMALL_RECORDS = 8;
    private static final int LARGE = 64 * 1024;

    private final Deque<WarmUpPeers> waiting = new ArrayDeque<>();
    private final List<String> skipped = new ArrayList<>();
    private final WarmUpPair pair = new WarmUpPair();
    private final ByteBuffer small = ByteBuffer.allocate(SMALL);
    private final ByteBuffer large = ByteBuffer.allocate(LARGE);
    private int handshakes;
    private int lessons;

    private WarmUp() {}

    /**
     * Prepares lessons for every certificate of some profiles. Does not fail: what cannot be prepared is skipped.
     *
     * @param profiles those that a server will use; one that is named twice counts once
     * @return the lessons, of which none has been held
     */
    public static WarmUp of(Collection<TlsProfile> profiles) {
        WarmUp warmUp = new WarmUp();
        for (TlsProfile profile : profiles.stream().distinct().toList()) {
            warmUp.guard(profile.toString(), () -> warmUp.waiting.addAll(WarmUpPeers.of(profile)));
        }
        return warmUp;
    }

    /**
     * Holds one lesson, with the next certificate in turn. Does not fail: a certificate with which a lesson fails is
     * skipped from then on.
     *
     * @return whether there is anything left to warm up
     */
    public boolean round() {
        WarmUpPeers peers = waiting.poll();
        if (peers == null) {
            return false;
        }
        guard(peers.toString(), () -> {
            hold(peers);
            waiting.add(peers);
        });
        return !waiting.isEmpty();
    }

    /**
     * How many handshakes there have been.
     *
     * @return full and resumed ones together
     */
    public int handshakes() {
        return handshakes;
    }

    /**
     * What was not, or no longer, warmed up.
     *
     * @return a line for each, with the reason
     */
    public List<String> skipped() {
        return List.copyOf(skipped);
    }

    @FunctionalInterface
    private interface Attempt {
        void run() throws TlsException;
    }

    private void guard(String what, Attempt attempt) {
        try {
            attempt.run();
        } catch (Throwable failure) {
            skipped.add(what + ": " + ForeignText.of(failure));
        }
    }

    private void hold(WarmUpPeers peers) throws TlsException {
        WarmUpPeers.Session session = peers.session(lessons++);
        Supplier<Filter> refusal = DetectFilter.rejectPlaintext();
        talk(peers, DetectFilter.byFirstBytes(PlainFilter::new, session::server), session.client());
        talk(peers, DetectFilter.byClientHello(refusal, hello -> session.server()), session.client());
        pair.begin(DetectFilter.byFirstBytes(PlainFilter::new, refusal), new PlainFilter());
        pair.echo(small.clear());
        pair.close();
    }

    private void talk(WarmUpPeers peers, Filter server, Filter client) throws TlsException {
        pair.begin(server, client);
        try {
            pair.handshake();
            handshakes++;
            for (int i = 0; i < SMALL_RECORDS; i++) {
                pair.echo(small.clear());
            }
            pair.echo(large.clear());
            pair.close();
        } finally {
            pair.free();
            peers.forgetSessions();
        }
    }
}
