// SPDX-License-Identifier: Apache-2.0
/**
 * Meters for Micrometer. Needs {@code micrometer-core}, which is an optional dependency: applications that do not use
 * this package do not need it. The meaning of each meter is documented in the project's {@code docs/metrics.md}.
 */
@NullMarked
package io.portcullis.metrics;

import org.jspecify.annotations.NullMarked;
