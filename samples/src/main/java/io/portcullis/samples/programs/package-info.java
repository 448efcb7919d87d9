// SPDX-License-Identifier: Apache-2.0
/** Small programs, one file and one idea each, started by one command each. */
@NullMarked
package io.portcullis.samples.programs;

import org.jspecify.annotations.NullMarked;
