/* Only tokens, so that it looks right in every theme. */
@layer parts {
  .<< name >>-byline { color: var(--ink-2); margin-block: var(--space-1) 0; }
}
