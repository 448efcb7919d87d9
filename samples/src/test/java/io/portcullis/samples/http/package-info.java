// SPDX-License-Identifier: Apache-2.0
/** Tests of {@code io.portcullis.samples.http}. */
@NullMarked
package io.portcullis.samples.http;

import org.jspecify.annotations.NullMarked;
