// SPDX-License-Identifier: Apache-2.0
/** Tests of {@code io.portcullis.samples}. */
@NullMarked
package io.portcullis.samples;

import org.jspecify.annotations.NullMarked;
