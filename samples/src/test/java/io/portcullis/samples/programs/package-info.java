// SPDX-License-Identifier: Apache-2.0
/**
 * Tests of parts of the small programs; the programs themselves are run as separate processes by the parent package.
 */
@org.jspecify.annotations.NullMarked
package io.portcullis.samples.programs;
