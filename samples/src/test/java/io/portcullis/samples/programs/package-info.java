// SPDX-License-Identifier: Apache-2.0
/**
 * Tests of the small programs' parts; the programs themselves are run in processes of their own, in the package above.
 */
@org.jspecify.annotations.NullMarked
package io.portcullis.samples.programs;
