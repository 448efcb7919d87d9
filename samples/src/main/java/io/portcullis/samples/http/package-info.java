// SPDX-License-Identifier: Apache-2.0
/**
 * A small HTTP/1.1 server side, the same over plain connections and over TLS. Open
 * {@link io.portcullis.samples.http.HttpHandler} first: it is what the framework sees; {@code Pipeline} answers the
 * requests of one connection in their order.
 */
@NullMarked
package io.portcullis.samples.http;

import org.jspecify.annotations.NullMarked;
