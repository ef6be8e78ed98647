/* A shared object that is no NF. */
int netvm_no_nf;
