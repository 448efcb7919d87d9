// SPDX-License-Identifier: Apache-2.0
/** Small programs, one file and one topic each, started with one command each. */
@NullMarked
package io.portcullis.samples.programs;

import org.jspecify.annotations.NullMarked;
