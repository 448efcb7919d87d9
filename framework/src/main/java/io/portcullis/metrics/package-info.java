// SPDX-License-Identifier: Apache-2.0
/**
 * Meters for Micrometer. Needs {@code micrometer-core}, which is optional: whoever does not touch this package needs
 * nothing. What each meter means is in the project's {@code docs/metrics.md}.
 */
@NullMarked
package io.portcullis.metrics;

import org.jspecify.annotations.NullMarked;
