// SPDX-License-Identifier: Apache-2.0
/**
 * Accepting: a listener, its handling of failures, and the start of new connections. Start reading at
 * {@link io.portcullis.internal.accept.Acceptor}. Depends on the packages below it. Internal: may change in any
 * release.
 */
@NullMarked
package io.portcullis.internal.accept;

import org.jspecify.annotations.NullMarked;
