// SPDX-License-Identifier: Apache-2.0
/** The programs of the guide's first pages, and their tests. */
@NullMarked
package io.portcullis.samples.guide;

import org.jspecify.annotations.NullMarked;
