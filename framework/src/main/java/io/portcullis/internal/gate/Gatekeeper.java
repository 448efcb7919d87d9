// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.gate;

import io.portcullis.ByOpening;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.Peer;
import io.portcullis.internal.connect.Dialer;
import io.portcullis.internal.connection.Opening;
import io.portcullis.internal.connection.SocketConnection;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.loop.Durations;
import io.portcullis.internal.loop.TimingWheel;
import io.portcullis.internal.wire.Wire;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.tls.ClientHello;
import io.portcullis.tls.DetectFilter;
import io.portcullis.tls.Filter;
import io.portcullis.tls.FirstBytes;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.RejectFilter;
import io.portcullis.tls.TlsException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries out a gate's decisions about one connection. Every decision becomes a filter, which is replaced by the filter
 * of the next decision, so nothing is copied, lost or read twice, however many decisions there are. Any failure refuses
 * the connection; no filter is ever installed without a decision.
 *
 * <p>Confined to the strand and, before that, to the thread that accepts.
 */
public final class Gatekeeper implements Opening.Gate {
    /**
     * The maximum number of decisions about one connection; then it is refused, because a gate that never ends is a
     * defect.
     */
    static final int MOST_DECISIONS = 32;

    private final Endpoint endpoint;
    private final Dialer relays;
    private final Gate gate;
    private final List<Runnable> waiting = new ArrayList<>(0);
    private Peer peer;
    private int decisions;
    private final long accepted;

    /** The final decision, until there is a connection for which it can be reported. */
    private @Nullable Decision decided;

    /** The connection, from its first turn on. */
    private @Nullable SocketConnection connection;

    private @Nullable SocketConnection attached;
    private @Nullable SilenceTimer silenceTimer;

    public Gatekeeper(Endpoint endpoint, Dialer relays, Gate gate, Wire wire) {
        this.endpoint = endpoint;
        this.relays = relays;
        this.gate = gate;
        this.accepted = endpoint.machine().now();
        this.peer = new Peer(wire.remoteAddress(), wire.localAddress(), Optional.empty());
    }

    /** Calls the gate, and returns the first filter; never fails. */
    public Filter open() {
        return decide(() -> gate.decide(peer));
    }

    /** Sets the connection that the filters belong to. Called before it begins. */
    public void attach(SocketConnection its) {
        attached = its;
    }

    @Override
    public void begin() {
        connection = attached;
        if (decided != null) {
            announce(decided);
        }
        waiting.forEach(Runnable::run);
        waiting.clear();
    }

    @Override
    public void leave() {
        if (silenceTimer != null) {
            endpoint.machine().setTimer(silenceTimer, TimingWheel.NEVER);
            silenceTimer = null;
        }
    }

    /** Runs a step that needs the connection: now, or as soon as there is one. */
    private void begin(Runnable step) {
        if (connection == null) {
            waiting.add(step);
        } else {
            step.run();
        }
    }

    /**
     * Passes a message to the connection, from any thread. All callers were set up after {@link #begin()}, and so see
     * the connection.
     */
    private void post(Runnable message) {
        SocketConnection its = connection;
        if (its != null) {
            its.tell(message);
        }
    }

    private Filter decide(Supplier<? extends @Nullable Decision> choice) {
        try {
            return filterFor(choice.get());
        } catch (Throwable failure) {
            return refuse(HandshakeFailure.UNDECIDED, "the gate failed: " + ForeignText.of(failure), failure);
        }
    }

    private Filter filterFor(@Nullable Decision decision) {
        if (++decisions > MOST_DECISIONS) {
            return refuse(HandshakeFailure.UNDECIDED, "the gate has made too many decisions; does it loop?", null);
        }
        if (decision instanceof ByOpening listen) {
            return listen(listen);
        } else if (decision instanceof Decision.Later later) {
            return later(later);
        } else if (decision instanceof Decision.ProxyProtocol proxy) {
            boolean trusted = proxy.trusted().contains(peer.address());
            return new ProxyFilter(trusted, header -> behind(header, proxy.gate()));
        } else if (decision == null) {
            return refuse(HandshakeFailure.UNDECIDED, "the gate made no decision", null);
        }
        announce(decision);
        return last(decision);
    }

    /** Returns the filter for a decision that is final. */
    private Filter last(Decision decision) {
        if (decision instanceof Decision.Plain) {
            return new PlainFilter();
        } else if (decision instanceof Decision.Tls tls) {
            return tls.profile().serverFilter();
        } else if (decision instanceof Decision.Reject reject) {
            return new RejectFilter(
                    new TlsException(reject.failure(), reject.reason(), null),
                    reject.answer().getBytes(StandardCharsets.ISO_8859_1));
        } else if (decision instanceof Decision.Relay relay) {
            return relay(relay);
        }
        throw new IllegalStateException("not a final decision: " + decision);
    }

    private void announce(Decision decision) {
        if (connection == null) {
            decided = decision;
        } else {
            Duration time = Duration.ofNanos(endpoint.machine().now() - accepted);
            endpoint.audience().decided(connection, decision, time);
        }
    }

    private static Filter refuse(HandshakeFailure failure, String reason, @Nullable Throwable cause) {
        return new RejectFilter(new TlsException(failure, reason, cause));
    }

    private Filter listen(ByOpening listen) {
        Supplier<Filter> plaintext = () -> decide(listen::plaintext);
        Function<ClientHello, Decision> byHello = listen.byHello().orElse(null);
        DetectFilter detect = byHello == null
                ? DetectFilter.byFirstBytes(plaintext, () -> decide(listen::tls))
                : DetectFilter.byClientHello(plaintext, hello -> decide(() -> byHello.apply(hello)));
        Function<FirstBytes, Decision> byKind = listen.byFirstBytes().orElse(null);
        if (byKind != null) {
            detect.plaintextByKind(kind -> decide(() -> byKind.apply(kind)));
        }
        listen.silence().ifPresent(time -> begin(() -> listenFor(time, detect, listen)));
        return detect;
    }

    private void listenFor(Duration time, DetectFilter detect, ByOpening listen) {
        leave();
        SilenceTimer timer = new SilenceTimer(() -> detect.silent(() -> decide(listen::silent)));
        silenceTimer = timer;
        endpoint.machine().setTimer(timer, endpoint.machine().now() + Durations.nanos(time));
    }

    /** Limits how long a peer may be silent; on the timer's thread, it only passes on a message. */
    private final class SilenceTimer extends TimingWheel.Timer {
        private final Runnable silent;

        SilenceTimer(Runnable silent) {
            this.silent = silent;
        }

        @Override
        public void expired() {
            post(silent);
        }
    }

    private Filter later(Decision.Later later) {
        WaitingFilter filter = new WaitingFilter();
        begin(() -> goOnWhenDecided(later, filter));
        return filter;
    }

    /** Waits for the stage, which is foreign code and may throw. */
    private void goOnWhenDecided(Decision.Later later, WaitingFilter filter) {
        try {
            var unused = later.stage()
                    .whenComplete((decision, failure) ->
                            post(() -> filter.goOn(() -> decide(() -> known(decision, failure)))));
        } catch (Throwable failure) {
            filter.goOn(() -> decide(() -> known(null, failure)));
        }
    }

    private static @Nullable Decision known(@Nullable Decision decision, @Nullable Throwable failure) {
        if (failure != null) {
            throw new IllegalStateException("the stage of the decision failed: " + ForeignText.of(failure), failure);
        }
        return decision;
    }

    private Filter behind(ProxyHeader header, Gate inner) {
        peer = new Peer(header.source().orElse(peer.address()), peer.localAddress(), Optional.of(header));
        if (connection != null) {
            connection.proxied(header);
            if (!endpoint.admits(connection, peer.address())) {
                return refuse(HandshakeFailure.REFUSED, "its address has reached the limit of connections", null);
            }
        }
        return decide(() -> inner.decide(peer));
    }

    private Filter relay(Decision.Relay decision) {
        Relay relay = new Relay(endpoint.machine().buffers(), relays, decision.target());
        begin(() -> {
            if (connection != null) {
                relay.begin(connection);
            }
        });
        return relay;
    }
}
