// SPDX-License-Identifier: Apache-2.0
/**
 * The sans-IO core: what turns network bytes into application bytes and back, without a socket, a thread or a clock.
 *
 * <p>Open {@link io.portcullis.tls.Step} first, then {@link io.portcullis.tls.TlsFilter}. A
 * {@link io.portcullis.tls.TlsProfile} is the immutable configuration that makes filters;
 * {@link io.portcullis.tls.spi.TlsEngine} is the narrow seam to a TLS implementation. Keys and the JDK's engines are in
 * {@code io.portcullis.internal}.
 */
@NullMarked
package io.portcullis.tls;

import org.jspecify.annotations.NullMarked;
