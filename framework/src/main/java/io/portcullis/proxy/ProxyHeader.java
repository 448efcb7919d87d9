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
 * The information that a proxy provides about a connection that it relays (HAProxy's PROXY protocol, versions 1 and 2).
 * Immutable.
 *
 * <p>A header without addresses is either {@linkplain #local() local}, if the connection is the proxy's own (a health
 * check), or one whose proxy does not know or disclose the client; in both cases the addresses of the TCP connection
 * apply.
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
     * Returns a header for a relayed TCP connection.
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
     * Returns a header for a connection of the proxy itself, such as a health check.
     *
     * @return the header
     */
    public static ProxyHeader ofLocal() {
        return new ProxyHeader(true, null, null, List.of(), Optional.empty());
    }

    /**
     * Returns a header that does not disclose the client.
     *
     * @return the header
     */
    public static ProxyHeader unknown() {
        return new ProxyHeader(false, null, null, List.of(), Optional.empty());
    }

    /**
     * Returns whether the connection is the proxy's own (LOCAL in version 2; version 1 cannot express this).
     *
     * @return whether there is no client
     */
    public boolean local() {
        return local;
    }

    /**
     * Returns the client's address.
     *
     * @return the address; empty if the header contains none, or one that is not an IP address
     */
    public Optional<InetSocketAddress> source() {
        return Optional.ofNullable(source);
    }

    /**
     * Returns the address that the client connected to.
     *
     * @return the address; empty if the header contains none, or one that is not an IP address
     */
    public Optional<InetSocketAddress> destination() {
        return Optional.ofNullable(destination);
    }

    /**
     * Returns the additional fields in order, without padding and checksum. The checksum has been verified.
     *
     * @return the fields
     */
    public List<ProxyTlv> fields() {
        return fields;
    }

    /**
     * Returns the application protocol that client and proxy negotiated with ALPN (RFC 7301).
     *
     * @return its name, if the header contains it
     */
    public Optional<String> applicationProtocol() {
        return first(ProxyTlv.ALPN)
                .map(field -> StandardCharsets.ISO_8859_1.decode(field.value()).toString());
    }

    /**
     * Returns the host name that the client requested; with TLS, its SNI.
     *
     * @return the name, if the header contains it
     */
    public Optional<String> authority() {
        return first(ProxyTlv.AUTHORITY).map(ProxyTlv::text);
    }

    /**
     * Returns the properties of the TLS connection between the client and the proxy.
     *
     * @return the properties, if the header contains them
     */
    public Optional<ProxySsl> ssl() {
        return ssl;
    }

    private Optional<ProxyTlv> first(int type) {
        return fields.stream().filter(field -> field.type() == type).findFirst();
    }

    /**
     * Returns a copy of this header with an additional field after the others. Only version 2 transmits it.
     *
     * @param field any field except the checksum, which {@link #encode} adds itself, and {@link ProxyTlv#SSL}, which
     *     only a proxy that terminates the client's TLS could provide
     * @return a new header
     * @throws IllegalArgumentException if the field is one of these two
     */
    public ProxyHeader with(ProxyTlv field) {
        if (field.type() == ProxyTlv.CRC32C || field.type() == ProxyTlv.SSL) {
            throw new IllegalArgumentException(
                    field + " cannot be added: the checksum is added when the header is encoded,"
                            + " and SSL is not supported when writing");
        }
        List<ProxyTlv> more = Stream.concat(fields.stream(), Stream.of(field)).toList();
        return new ProxyHeader(local, source, destination, more, ssl);
    }

    /**
     * Returns a copy of this header with the application protocol negotiated with ALPN.
     *
     * @param protocol such as {@code http/1.1}
     * @return a new header
     */
    public ProxyHeader withApplicationProtocol(String protocol) {
        return with(new ProxyTlv(ProxyTlv.ALPN, protocol.getBytes(StandardCharsets.ISO_8859_1)));
    }

    /**
     * Returns a copy of this header with the host name that the client requested.
     *
     * @param name such as {@code example.org}
     * @return a new header
     */
    public ProxyHeader withAuthority(String name) {
        return with(new ProxyTlv(ProxyTlv.AUTHORITY, name.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Encodes the header, which must be sent before everything else and in one piece. Version 2 includes a checksum
     * (CRC32C); version 1 omits what it cannot express.
     *
     * @param version the version that the receiver expects
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
        String subject = local ? "the proxy itself" : source == null ? "unknown" : source + " to " + destination;
        return "PROXY header for " + subject + (fields.isEmpty() ? "" : " with " + fields);
    }
}
