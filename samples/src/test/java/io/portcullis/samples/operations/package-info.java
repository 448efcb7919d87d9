// SPDX-License-Identifier: Apache-2.0
/** Tests of the operations pages of the sample server. */
@NullMarked
package io.portcullis.samples.operations;

import org.jspecify.annotations.NullMarked;
