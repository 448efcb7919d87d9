// SPDX-License-Identifier: Apache-2.0
/**
 * For implementors of TLS engines; applications need nothing of it.
 *
 * <p>An engine is found by {@link java.util.ServiceLoader}: a {@link io.portcullis.tls.spi.TlsEngineProvider} has a
 * name and says what its engine can do on this machine; it makes a {@link io.portcullis.tls.spi.TlsEngineFactory} from
 * the {@link io.portcullis.tls.spi.TlsEngineConfig} of a profile, and the factory makes one
 * {@link io.portcullis.tls.spi.TlsEngine} for each connection.
 */
@NullMarked
package io.portcullis.tls.spi;

import org.jspecify.annotations.NullMarked;
