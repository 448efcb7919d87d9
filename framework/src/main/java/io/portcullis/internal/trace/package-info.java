// SPDX-License-Identifier: Apache-2.0
/**
 * Logs the traffic of individual connections. Start reading at {@link io.portcullis.internal.trace.ConnectionTracer}.
 * Depends on {@code internal.wire}. Internal: may change in any release.
 */
@NullMarked
package io.portcullis.internal.trace;

import org.jspecify.annotations.NullMarked;
