// SPDX-License-Identifier: Apache-2.0
/**
 * The PROXY protocol, versions 1 and 2: how a proxy tells the server behind it whose connection it passes on, in a
 * header in front of the first byte. A bounded reader and a writer, over buffers that the caller owns: there is no
 * socket, thread or clock here.
 *
 * <p>This room imports {@code foreign} and the JDK. Open {@link io.portcullis.proxy.ProxyHeader} first.
 */
@NullMarked
package io.portcullis.proxy;

import org.jspecify.annotations.NullMarked;
