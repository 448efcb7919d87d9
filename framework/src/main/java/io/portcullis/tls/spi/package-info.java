// SPDX-License-Identifier: Apache-2.0
/**
 * For implementors of TLS engines; not needed by applications.
 *
 * <p>A {@link io.portcullis.tls.spi.TlsEngineProvider} is found by {@link java.util.ServiceLoader}. It has a name and
 * the capabilities of its engine on this machine. It creates a {@link io.portcullis.tls.spi.TlsEngineFactory} from the
 * {@link io.portcullis.tls.spi.TlsEngineConfig} of a profile, and the factory creates one
 * {@link io.portcullis.tls.spi.TlsEngine} for each connection.
 */
@NullMarked
package io.portcullis.tls.spi;

import org.jspecify.annotations.NullMarked;
