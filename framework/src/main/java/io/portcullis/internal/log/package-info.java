// SPDX-License-Identifier: Apache-2.0
/**
 * Logging of failures: rate-limited, so that no peer can fill a disk, and guarded, so that a failing logger ends
 * nothing. Start reading at {@link io.portcullis.internal.log.FailureLog}. Depends on the public API, {@code tls} and
 * {@code internal.foreign}. Internal: may change in any release.
 */
@NullMarked
package io.portcullis.internal.log;

import org.jspecify.annotations.NullMarked;
