// SPDX-License-Identifier: Apache-2.0
/**
 * The PROXY protocol, versions 1 and 2: a proxy describes the connection that it relays in a header before the first
 * byte. Contains a bounded reader and a writer that work on buffers owned by the caller; there is no socket, thread or
 * clock here.
 *
 * <p>This package depends on {@code foreign} and the JDK. Start reading at {@link io.portcullis.proxy.ProxyHeader}.
 */
@NullMarked
package io.portcullis.proxy;

import org.jspecify.annotations.NullMarked;
