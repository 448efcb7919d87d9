// SPDX-License-Identifier: Apache-2.0
/**
 * The program of the samples: {@link io.portcullis.samples.Main} with its command {@code serve}, which opens up to five
 * listeners on one dispatcher. Open {@link io.portcullis.samples.SampleServers} first: it uses the framework; the other
 * classes parse the command line.
 */
@NullMarked
package io.portcullis.samples;

import org.jspecify.annotations.NullMarked;
