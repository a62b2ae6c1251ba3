/** A headless Chromium for tests of the page, driven by the DevTools protocol. */
@org.jspecify.annotations.NullMarked
package dev.tenantgate.gateway.testing.browser;
