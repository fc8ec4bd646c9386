UPDATE forecast SET explanation = NULL;
