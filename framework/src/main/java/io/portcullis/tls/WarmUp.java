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
 * Handshakes and records in memory, so that the code for the first connections of a server is already compiled. A TLS
 * implementation in Java needs thousands of handshakes to reach its full speed, and is tens of times slower before.
 *
 * <p>In each round, a filter of the server communicates with one of a client: a full handshake after a detection by
 * first bytes, a resumed one after a detection by ClientHello, and a plain connection; each with small and large
 * records in both directions and a regular close. The certificate, the protocols, the suites and ALPN are those of the
 * profile. Nothing is verified in either direction, so that a certificate that has expired, or that the client of a
 * real connection would refuse, can be used as well. A profile that requires client certificates is presented its own.
 *
 * <p>The warm-up uses no socket, and leaves no trace in a profile that was built from keys: it has its own sessions and
 * ticket keys. If the profile was created from an SSLContext, its engines are used, and their sessions are invalidated
 * after each round. Engines with other interfaces than the JDK's are used as well; they need no warm-up themselves, but
 * the code that calls them does. Profiles whose tasks may block are skipped (see {@link TlsProfile#tasksMayBlock()}),
 * so that a hardware key does not create thousands of signatures.
 *
 * <p>The caller determines the number of rounds; a {@code Server} limits their number and time. Runs on the caller's
 * thread, which is busy all the time. Not thread-safe.
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
     * Prepares the warm-up of every certificate of the given profiles. Does not fail: what cannot be prepared is
     * skipped.
     *
     * @param profiles the profiles that a server will use; duplicates are ignored
     * @return a warm-up of which no round has run
     */
    public static WarmUp of(Collection<TlsProfile> profiles) {
        WarmUp warmUp = new WarmUp();
        for (TlsProfile profile : profiles.stream().distinct().toList()) {
            warmUp.guard(profile.toString(), () -> warmUp.waiting.addAll(WarmUpPeers.of(profile)));
        }
        return warmUp;
    }

    /**
     * Runs one round, with the next certificate in turn. Does not fail: a certificate with which a round fails is
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
     * Returns the number of handshakes so far.
     *
     * @return full and resumed ones together
     */
    public int handshakes() {
        return handshakes;
    }

    /**
     * Returns what was skipped.
     *
     * @return one line for each, with the reason
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
