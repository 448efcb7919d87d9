// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a proxy says of the connection that it passes on (the PROXY protocol of HAProxy, versions 1 and 2). Immutable.
 *
 * <p>A header without addresses is either {@linkplain #local() local}, when the proxy speaks for itself (a health
 * check), or one whose proxy does not know, or may not say, whom it speaks for; then the TCP connection's own addresses
 * count.
 */
public final class ProxyHeader {
    private final boolean local;
    private final @Nullable InetSocketAddress source;
    private final @Nullable InetSocketAddress destination;
    private final List<ProxyTlv> fields;
    private final Optional<ProxySsl> ssl;

    ProxyHeader(
            boolean local,
            @Nullable InetSocketAddress source,
            @Nullable InetSocketAddress destination,
            List<ProxyTlv> fields,
            Optional<ProxySsl> ssl) {
        this.local = local;
        this.source = source;
        this.destination = destination;
        this.fields = fields;
        this.ssl = ssl;
    }

    /**
     * Speaks for a TCP connection.
     *
     * @param source the client's address, resolved
     * @param destination the address that the client connected to, resolved
     * @return the header
     * @throws IllegalArgumentException if an address is not resolved
     */
    public static ProxyHeader of(InetSocketAddress source, InetSocketAddress destination) {
        if (source.isUnresolved() || destination.isUnresolved()) {
            throw new IllegalArgumentException(
                    "a PROXY header needs addresses, not names: " + source + " to " + destination);
        }
        return new ProxyHeader(false, source, destination, List.of(), Optional.empty());
    }

    /**
     * The proxy speaks for itself, as in a health check.
     *
     * @return the header
     */
    public static ProxyHeader ofLocal() {
        return new ProxyHeader(true, null, null, List.of(), Optional.empty());
    }

    /**
     * The proxy does not say whom it speaks for.
     *
     * @return the header
     */
    public static ProxyHeader unknown() {
        return new ProxyHeader(false, null, null, List.of(), Optional.empty());
    }

    /**
     * Whether the proxy speaks for itself (LOCAL of version 2; version 1 cannot say so).
     *
     * @return whether there is no client
     */
    public boolean local() {
        return local;
    }

    /**
     * The client's address.
     *
     * @return the address; empty if the header names none, or one that is not of the Internet protocols
     */
    public Optional<InetSocketAddress> source() {
        return Optional.ofNullable(source);
    }

    /**
     * The address that the client connected to.
     *
     * @return the address; empty if the header names none, or one that is not of the Internet protocols
     */
    public Optional<InetSocketAddress> destination() {
        return Optional.ofNullable(destination);
    }

    /**
     * The further fields in their order, without padding and checksum, which has been verified.
     *
     * @return the fields
     */
    public List<ProxyTlv> fields() {
        return fields;
    }

    /**
     * The application protocol that ALPN agreed on between client and proxy (RFC 7301).
     *
     * @return its name, if the proxy says so
     */
    public Optional<String> applicationProtocol() {
        return first(ProxyTlv.ALPN)
                .map(field -> StandardCharsets.ISO_8859_1.decode(field.value()).toString());
    }

    /**
     * The host name that the client asked for: under TLS, its SNI.
     *
     * @return the name, if the proxy says so
     */
    public Optional<String> authority() {
        return first(ProxyTlv.AUTHORITY).map(ProxyTlv::text);
    }

    /**
     * What the proxy knows of the client's TLS.
     *
     * @return the facts, if the proxy says so
     */
    public Optional<ProxySsl> ssl() {
        return ssl;
    }

    private Optional<ProxyTlv> first(int type) {
        return fields.stream().filter(field -> field.type() == type).findFirst();
    }

    /**
     * The same header with one field more, behind the others. Only version 2 can say it.
     *
     * @param field any but the checksum, which {@link #encode} adds by itself, and {@link ProxyTlv#SSL}, which a proxy
     *     that ends the client's TLS would have to say
     * @return a new header
     * @throws IllegalArgumentException if the field is one of these two
     */
    public ProxyHeader with(ProxyTlv field) {
        if (field.type() == ProxyTlv.CRC32C || field.type() == ProxyTlv.SSL) {
            throw new IllegalArgumentException(
                    field + " cannot be added: the checksum is added when the header is encoded,"
                            + " and SSL is not written");
        }
        List<ProxyTlv> more = Stream.concat(fields.stream(), Stream.of(field)).toList();
        return new ProxyHeader(local, source, destination, more, ssl);
    }

    /**
     * The same header with the application protocol that ALPN agreed on.
     *
     * @param protocol such as {@code http/1.1}
     * @return a new header
     */
    public ProxyHeader withApplicationProtocol(String protocol) {
        return with(new ProxyTlv(ProxyTlv.ALPN, protocol.getBytes(StandardCharsets.ISO_8859_1)));
    }

    /**
     * The same header with the host name that the client asked for.
     *
     * @param name such as {@code example.org}
     * @return a new header
     */
    public ProxyHeader withAuthority(String name) {
        return with(new ProxyTlv(ProxyTlv.AUTHORITY, name.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * The header as it is sent, in front of everything else and in one piece. Version 2 carries a checksum (CRC32C);
     * version 1 leaves out what it cannot say.
     *
     * @param version the form that the receiver expects
     * @return a new buffer, which belongs to the caller, with the header from position to limit
     * @throws IllegalArgumentException if the fields need more than {@value ProxyHeaderReader#LIMIT} bytes
     */
    public ByteBuffer encode(ProxyVersion version) {
        return switch (version) {
            case V1 -> ProxyHeaderWriter.text(source, destination);
            case V2 -> ProxyHeaderWriter.binary(local, source, destination, fields);
        };
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ProxyHeader header
                && header.local == local
                && Objects.equals(header.source, source)
                && Objects.equals(header.destination, destination)
                && header.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return Objects.hash(local, source, destination, fields);
    }

    @Override
    public String toString() {
        String who = local ? "the proxy itself" : source == null ? "unknown" : source + " to " + destination;
        return "PROXY header for " + who + (fields.isEmpty() ? "" : " with " + fields);
    }
}
