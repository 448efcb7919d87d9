// SPDX-License-Identifier: Apache-2.0
/**
 * Lines of the log about what fails, so few that no peer fills a disk, and so guarded that no logger ends anything.
 * Open {@link io.portcullis.internal.log.FailureLog} first. It imports what a user touches, {@code tls} and
 * {@code internal.foreign}. Internal: may change with any release.
 */
@NullMarked
package io.portcullis.internal.log;

import org.jspecify.annotations.NullMarked;
