// Package durability waits until Redis confirms that writes survive a crash of its
// machine: that they are on disk, or that replicas have them. What was written, and what
// it means if that cannot be confirmed, is known by those who wrote it.
package durability
