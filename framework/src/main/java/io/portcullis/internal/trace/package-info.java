// SPDX-License-Identifier: Apache-2.0
/**
 * Logs what one connection says and hears. Open {@link io.portcullis.internal.trace.ConnectionTracer} first. It imports
 * {@code internal.wire}. Internal: may change with any release.
 */
@NullMarked
package io.portcullis.internal.trace;

import org.jspecify.annotations.NullMarked;
