// SPDX-License-Identifier: Apache-2.0
/**
 * The samples' one program: {@link io.portcullis.samples.Main} with its command {@code serve}, which opens up to four
 * listeners on one dispatcher. Open {@link io.portcullis.samples.SampleServers} first: it is the part that uses the
 * framework; the rest reads the command line.
 */
@NullMarked
package io.portcullis.samples;

import org.jspecify.annotations.NullMarked;
