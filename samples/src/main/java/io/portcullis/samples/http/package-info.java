// SPDX-License-Identifier: Apache-2.0
/**
 * A small HTTP/1.1 server implementation, used for plain and TLS connections alike. Open
 * {@link io.portcullis.samples.http.HttpHandler} first: the framework calls it; {@code Pipeline} responds to the
 * requests of one connection in order.
 */
@NullMarked
package io.portcullis.samples.http;

import org.jspecify.annotations.NullMarked;
