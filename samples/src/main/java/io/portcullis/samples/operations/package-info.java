// SPDX-License-Identifier: Apache-2.0
/**
 * The pages for operators of the sample server: probes, the meters as text for Prometheus, and a live dashboard. Open
 * {@link io.portcullis.samples.operations.Operations} first: it handles the paths.
 */
@NullMarked
package io.portcullis.samples.operations;

import org.jspecify.annotations.NullMarked;
