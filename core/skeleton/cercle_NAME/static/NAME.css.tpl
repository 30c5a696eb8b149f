/* Only tokens, so that it looks right in every theme. */
@layer parts {
  .<< name >>-byline {
    margin-block: var(--space-1) 0;
    color: var(--ink-soft);
    font-size: var(--text-s);
  }
}
