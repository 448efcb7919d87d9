// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.operations;

import io.portcullis.Connection;
import io.portcullis.Traffic;
import io.portcullis.samples.http.Authority;
import io.portcullis.samples.operations.Latencies.Summary;
import io.portcullis.samples.operations.LiveConnections.Live;
import io.portcullis.samples.operations.Sums.Certificate;
import io.portcullis.tls.TlsSession;
import java.io.StringWriter;
import java.time.Clock;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The frames of the dashboard, each one line of JSON: totals since the start, taken from the same meters that are
 * exported, and the newest connections. The viewer computes the differences. Times are in seconds, latencies in
 * milliseconds.
 */
final class Frames {
    private static final int MOST_ROWS = 200;
    private static final double MILLIS = 1_000;

    private final JsonFactory json = new JsonFactory();
    private final Clock clock = Clock.systemUTC();
    private final Sums sums;
    private final LiveConnections connections;
    private final Latencies latencies;

    Frames(Sums sums, LiveConnections connections, Latencies latencies) {
        this.sums = sums;
        this.connections = connections;
        this.latencies = latencies;
    }

    /** Returns the event that describes a viewer's own connection. */
    String greeting(Connection viewer) {
        return object(out -> {
            out.writeStringProperty("you", Long.toHexString(viewer.id()));
            session(out, viewer.session());
        });
    }

    /** Returns the current frame. Called on one thread. */
    String next() {
        return object(out -> {
            out.writeNumberProperty("time", clock.millis() / MILLIS);
            out.writeNumberProperty("refused", sums.total("portcullis.connections.refused"));
            out.writeNumberProperty("stalls", sums.total("portcullis.dispatcher.stalls"));
            out.writeNumberProperty("writeQueue", sums.total("portcullis.write.queue"));
            out.writeNumberProperty("handshakeSeconds", sums.handshakeSeconds());
            map(out, "handshakes", sums.handshakes());
            map(out, "modes", sums.modes());
            map(out, "traffic", sums.traffic());
            map(out, "ends", sums.ends());
            out.writeNumberProperty("requests", latencies.count());
            latency(out, latencies.take());
            out.writeArrayPropertyStart("certificates");
            sums.certificates().forEach(certificate -> certificate(out, certificate));
            out.writeEndArray();
            out.writeNumberProperty("connections", connections.count());
            out.writeArrayPropertyStart("rows");
            connections.newest(MOST_ROWS).forEach(live -> row(out, live));
            out.writeEndArray();
        });
    }

    private String object(Consumer<JsonGenerator> properties) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = json.createGenerator(ObjectWriteContext.empty(), text)) {
            out.writeStartObject();
            properties.accept(out);
            out.writeEndObject();
        }
        return text.toString();
    }

    private static void map(JsonGenerator out, String name, Map<String, Double> values) {
        out.writeObjectPropertyStart(name);
        values.forEach(out::writeNumberProperty);
        out.writeEndObject();
    }

    private static void latency(JsonGenerator out, @Nullable Summary summary) {
        if (summary == null) {
            out.writeNullProperty("latency");
            return;
        }
        out.writeObjectPropertyStart("latency");
        out.writeNumberProperty("median", summary.median());
        out.writeNumberProperty("nearlyAll", summary.nearlyAll());
        out.writeEndObject();
    }

    private static void certificate(JsonGenerator out, Certificate certificate) {
        out.writeStartObject();
        out.writeStringProperty("listener", certificate.listener());
        out.writeStringProperty("host", certificate.host());
        out.writeNumberProperty("remaining", certificate.remaining());
        out.writeEndObject();
    }

    private static void row(JsonGenerator out, Live live) {
        Connection it = live.connection();
        Traffic traffic = it.traffic();
        out.writeStartObject();
        out.writeStringProperty("id", Long.toHexString(it.id()));
        out.writeStringProperty("listener", it.listenerName().orElse(""));
        out.writeStringProperty("remote", Authority.of(it.remoteAddress()));
        out.writeStringProperty("mode", live.mode().name().toLowerCase(Locale.ROOT));
        session(out, it.session());
        out.writeNumberProperty("in", traffic.networkIn());
        out.writeNumberProperty("out", traffic.networkOut());
        out.writeNumberProperty("age", it.age().toMillis() / MILLIS);
        out.writeEndObject();
    }

    private static void session(JsonGenerator out, Optional<TlsSession> session) {
        out.writeStringProperty("protocol", session.map(TlsSession::protocol).orElse(""));
        out.writeStringProperty("suite", session.map(TlsSession::cipherSuite).orElse(""));
        out.writeStringProperty("group", session.flatMap(TlsSession::group).orElse(""));
        out.writeStringProperty("name", session.flatMap(TlsSession::serverName).orElse(""));
    }
}
