// SPDX-License-Identifier: Apache-2.0
/**
 * What those who run the sample server look at: probes, the meters as text for Prometheus, and a page that shows the
 * server at work. Open {@link io.portcullis.samples.operations.Operations} first: it knows the paths.
 */
@NullMarked
package io.portcullis.samples.operations;

import org.jspecify.annotations.NullMarked;
