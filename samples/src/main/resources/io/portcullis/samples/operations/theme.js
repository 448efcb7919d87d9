// SPDX-License-Identifier: Apache-2.0
// Before anything is drawn: the theme that was chosen last, or else the system's.
document.documentElement.dataset.theme = localStorage.getItem("theme")
    || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
