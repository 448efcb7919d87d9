// SPDX-License-Identifier: Apache-2.0
/**
 * Accepts: one listener, what it does when that fails, and how a new connection is taken in. Open
 * {@link io.portcullis.internal.accept.Acceptor} first. It imports what lies below. Internal: may change with any
 * release.
 */
@NullMarked
package io.portcullis.internal.accept;

import org.jspecify.annotations.NullMarked;
