// Package durability waits until Redis confirms that writes survive a crash of its
// machine: that they are on disk, or that replicas have them. Its callers know what was written, and what
// it means if that cannot be confirmed.
package durability
